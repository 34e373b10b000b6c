"""One report as a file: XLSX to print and calculate with, CSV for other programs."""
