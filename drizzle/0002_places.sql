CREATE TABLE `__new_queue_tokens` (
	`queue_id` integer PRIMARY KEY NOT NULL,
	`token_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`status` text NOT NULL,
	`joined_at` integer NOT NULL,
	`active_until` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`ended_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`user_id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "queue_tokens_status" CHECK("__new_queue_tokens"."status" in ('WAITING', 'ACTIVE', 'COMPLETED', 'EXPIRED')),
	CONSTRAINT "queue_tokens_end" CHECK(("__new_queue_tokens"."status" in ('WAITING', 'ACTIVE')) = ("__new_queue_tokens"."ended_at" is null))
);
--> statement-breakpoint
INSERT INTO `__new_queue_tokens`("queue_id", "token_id", "user_id", "status", "joined_at", "active_until", "expires_at", "ended_at") SELECT "queue_id", "token_id", "user_id", "status", "joined_at", "active_until", "expires_at", "ended_at" FROM `queue_tokens`;--> statement-breakpoint
DROP TABLE `queue_tokens`;--> statement-breakpoint
ALTER TABLE `__new_queue_tokens` RENAME TO `queue_tokens`;--> statement-breakpoint
CREATE INDEX `queue_tokens_live` ON `queue_tokens` (`queue_id`) WHERE ended_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX `queue_tokens_ended` ON `queue_tokens` (`user_id`,`token_id`) WHERE ended_at is not null;--> statement-breakpoint
ALTER TABLE `coordinator_state` ADD `admitted_total` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `coordinator_state` ADD `lapsed_total` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `coordinator_state` SET
	`admitted_total` = (SELECT count(*) FROM `queue_tokens` WHERE `active_until` > 0),
	`lapsed_total` = (SELECT count(*) FROM `queue_tokens` WHERE `status` = 'EXPIRED' AND `ended_at` >= `expires_at`);
