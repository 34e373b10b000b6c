"""One Report value written as XLSX or CSV."""
