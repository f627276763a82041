"""What cells secrete and sense: IL-2, interferon gamma, CXCL9/10."""
