CREATE TABLE `operator_events` (
	`event_id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`operation` text NOT NULL,
	`before` text NOT NULL,
	`after` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `queue_settings` (
	`id` integer PRIMARY KEY NOT NULL,
	`active_max` integer,
	`admit_batch` integer,
	`admit_interval_ms` integer,
	`is_paused` integer NOT NULL,
	`is_closed` integer NOT NULL,
	CONSTRAINT "queue_settings_single" CHECK("queue_settings"."id" = 1),
	CONSTRAINT "queue_settings_positive" CHECK(ifnull("queue_settings"."active_max", 1) > 0 and ifnull("queue_settings"."admit_batch", 1) > 0 and ifnull("queue_settings"."admit_interval_ms", 1) > 0)
);
--> statement-breakpoint
PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_idempotency_keys` (
	`user_id` integer NOT NULL,
	`operation` text NOT NULL,
	`key` text NOT NULL,
	`request` text NOT NULL,
	`answer` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `operation`, `key`)
);
--> statement-breakpoint
INSERT INTO `__new_idempotency_keys`("user_id", "operation", "key", "request", "answer", "created_at") SELECT "user_id", "operation", "key", "request", "answer", "created_at" FROM `idempotency_keys`;--> statement-breakpoint
DROP TABLE `idempotency_keys`;--> statement-breakpoint
ALTER TABLE `__new_idempotency_keys` RENAME TO `idempotency_keys`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE INDEX `idempotency_keys_age` ON `idempotency_keys` (`created_at`);--> statement-breakpoint
ALTER TABLE `concerts` ADD `released_holds` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `concerts` ADD `refunded_reservations` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `concerts` ADD `refunded_amount` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `schedules` ADD `is_closed` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `schedules` ADD `layout` text;--> statement-breakpoint
CREATE INDEX `schedules_without_seats` ON `schedules` (`schedule_id`) WHERE layout is not null;