"""How it is told: the terminal, the record for machines, the Allure report. Reports observe; they decide nothing."""
