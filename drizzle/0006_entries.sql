DROP INDEX `ledger_entries_of_user`;--> statement-breakpoint
DROP INDEX `ledger_entries_of_payment`;--> statement-breakpoint
CREATE UNIQUE INDEX `ledger_entries_of_payment` ON `ledger_entries` (`payment_id`,`cause`) WHERE payment_id is not null;