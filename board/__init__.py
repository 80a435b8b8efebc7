"""The Board: its meetings, agendas, papers, packs and verdicts."""
