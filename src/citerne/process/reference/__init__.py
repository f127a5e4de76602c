"""Every process again, for one future, slowly and to be read: the oracle that the compiled processes are held to.

Each module has one function, `one_day(future)`, that changes the state of one future in place. They are written from
the equations in the processes' docstrings, by entity (theatre, corridor, party, place, zone) instead of by lane, with
whole numbers as Python integers and rare draws from the textbook probabilities. Floats are float32 and are added in
the order of the equations, because whole trucks and litres hang on the last bit. Nothing here imports a process.
"""
