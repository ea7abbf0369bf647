"""`/models`: the catalogue as the service lists it, read into models and prices."""
