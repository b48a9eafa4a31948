"""The five services, each the same house with the same rooms."""
