"""Forms: one question at a time, an engine with its moves, three forms that only declare their fields.

`form.py` and `types.py` say what a form is; `engine.py` has the order in which a message is looked at.
"""
