"""The report's style sheet: readable on a phone, two A4 pages in print, black-and-white safe."""

CSS = """
:root{--ink:#222;--grey:#5c5c5c;--faint:#c9c9c9;--blue:#1d4e89;--orange:#a84400}
*{box-sizing:border-box}
html{font:13px/1.35 Arial,"Liberation Sans",Helvetica,sans-serif;color:var(--ink);background:#e9ecef}
body{margin:0}
.page{background:#fff;max-width:210mm;margin:12px auto;padding:10mm;box-shadow:0 1px 4px #0003}
.top{display:flex;justify-content:space-between;align-items:baseline;border-bottom:2px solid var(--blue);
 gap:8px;flex-wrap:wrap}
h1{font-size:19px;margin:0 0 3px}
h2{font-size:13px;color:var(--blue);margin:8px 0 3px;border-bottom:1px solid var(--faint)}
h3{font-size:11px;margin:0 0 2px}
.unit{font-weight:normal;color:var(--grey)}
.warn{font-weight:bold;color:var(--orange);letter-spacing:.03em;font-size:11px;white-space:nowrap}
p{margin:2px 0}
ul{margin:2px 0 2px 1.2em;padding:0}
.high li{font-size:12.5px;margin-bottom:2px}
.cards{display:grid;grid-template-columns:repeat(6,1fr);gap:6px;margin:5px 0}
.card{border:1px solid var(--faint);border-top:3px solid var(--blue);padding:3px 5px}
.card .what{font-size:9.5px;line-height:1.2;min-height:3.6em}
.card .value{font-size:19px;font-weight:bold;line-height:1.1}
.card .value span{font-size:9px;font-weight:normal}
.card .range{font-size:9.5px;color:var(--grey);line-height:1.25}
.two{display:grid;grid-template-columns:82fr 104fr;gap:4mm}
.halves{display:grid;grid-template-columns:1fr 1fr;gap:5mm;align-items:start}
.halves ul{font-size:10px;line-height:1.25}
.targets{display:grid;grid-template-columns:1fr 1fr;gap:4mm}
.target{break-inside:avoid}
.half{max-width:120mm}
table.left-unit td:last-child,table.guess td:nth-child(2){text-align:left}
table.guess th:nth-child(1){width:30%} table.guess th:nth-child(2){width:42%}
table.guess th:nth-child(2),table.guess td:nth-child(2){white-space:normal;text-align:left}
.grow{display:grid;grid-template-columns:6fr 1.4fr;gap:4mm}
.dots svg{max-width:27mm}
figure{margin:0 0 4px}
svg.chart{display:block;width:100%;height:auto}
svg.chart *{stroke-linejoin:round;stroke-linecap:butt}

.said{font-size:10px}
.note,.small{font-size:9px;color:var(--grey);line-height:1.25}
details{font-size:10px}
summary{cursor:pointer;color:var(--blue)}
table{border-collapse:separate;border-spacing:0;width:100%;font-size:10px;line-height:1.2}
th,td{padding:1px 4px;text-align:right;border-bottom:1px solid #e4e4e4;vertical-align:bottom}
th:first-child{text-align:left;font-weight:normal}
thead th{border-bottom:1px solid var(--grey);font-weight:bold;color:var(--ink)}
thead th:first-child{font-weight:bold}
td{white-space:nowrap}
table.text td,table.text th{text-align:left;white-space:normal}
table.pages,table.pages>tbody>tr>td,table.pages>thead>tr>td{display:block;border:none;padding:0;text-align:left;
 white-space:normal;font-size:inherit}
table.sum tr:last-child>*{font-weight:bold;border-bottom:none}
.wide{overflow-x:auto}
.foot{border-top:1px solid var(--faint);margin-top:5px;padding-top:3px}
code{font-family:"DejaVu Sans Mono",Consolas,monospace;font-size:9px;overflow-wrap:anywhere}
@media(max-width:700px){.cards{grid-template-columns:repeat(2,1fr)}.two,.grow,.halves,.targets{grid-template-columns:1fr}.page{padding:12px}
 .card .what{min-height:0}
 .wide table{min-width:560px} .wide svg{min-width:680px} details{overflow-x:auto}}
@page{size:A4;margin:8mm 10mm}
@media print{
 html{background:#fff;font-size:9.2px;line-height:1.25}
 .page{margin:0;padding:0;box-shadow:none;max-width:none}
 .page+.page{break-before:page}
 details{display:none} .wide{overflow:visible}
 h1{font-size:16px} .warn{font-size:10px} h2{font-size:11px;margin:4px 0 2px} h3{font-size:9.5px}
 .high li{font-size:9.6px;margin-bottom:1px}
 .card{padding:2px 4px} .card .what{font-size:8px;min-height:2.4em} .card .value{font-size:16px}
 .card .value span,.card .range{font-size:7.8px}
 .cards{gap:4px;margin:3px 0}
 .said{font-size:8px} .note,.small{font-size:7px} table{font-size:7.7px;line-height:1.13} th,td{padding:.55px 3px}
 h2,h3{break-after:avoid} figure,table,tr{break-inside:avoid} thead{display:table-row-group}
 tbody tr:first-child>*{padding-top:1.5px}
 .halves ul{font-size:7.9px;line-height:1.2} .halves{gap:4mm}
 .grow ul,.grow p{font-size:8.6px;line-height:1.2} .grow .note,.grow .small{font-size:7px} .grow .said{font-size:8px}
 code{font-size:7px}
 table.pages{display:table;break-inside:auto} table.pages>thead{display:table-header-group}
 table.pages>thead>tr>td,table.pages>tbody>tr>td{display:table-cell}
 table.pages>tbody>tr,table.text{break-inside:auto}
}
"""
