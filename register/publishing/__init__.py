"""The register published: under the Transparency Code, as a workbook, as CSV; and the notices of the Procurement Act."""
