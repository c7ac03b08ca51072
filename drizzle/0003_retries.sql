ALTER TABLE `idempotency_keys` RENAME COLUMN "request_hash" TO "request";--> statement-breakpoint
ALTER TABLE `coordinator_state` ADD `owner` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `coordinator_state` ADD `commits` integer DEFAULT 0 NOT NULL;