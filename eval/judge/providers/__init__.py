"""Who a judge can be: an endpoint, a vendor, a model in this process."""
