"""The report: one JSON object, and pages rendered from it. Computes no statistic; every number in it was stored before."""
