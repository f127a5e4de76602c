"""Files of others, in and out: ACLED, UCDP, WFP prices, spreadsheets."""
