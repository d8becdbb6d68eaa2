"""The net, what it answers and its curves as SVG: pictures for paper and slides, drawn from a
trainer alone, in the colours of the light page."""
