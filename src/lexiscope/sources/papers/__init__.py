"""papers: articles as XML, as PDF or from PubMed Central, and what their figures hold."""
