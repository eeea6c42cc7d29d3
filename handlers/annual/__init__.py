"""The statutory annual report on disclosure (art. 50), tables 3 and 4, from the cases. Pure."""
