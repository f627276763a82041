"""The teaching page: one tumour, played in a browser on this computer. The only place that knows Solara."""
