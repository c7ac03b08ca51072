DROP INDEX `ledger_entries_of_user`;--> statement-breakpoint
CREATE INDEX `ledger_entries_of_user` ON `ledger_entries` (`user_id`,`amount`);