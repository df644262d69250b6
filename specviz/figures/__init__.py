"""Pictures of records: a record in, a figure or a payload out."""
