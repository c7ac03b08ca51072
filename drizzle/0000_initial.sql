CREATE TABLE `commit_guard` (
	`id` integer PRIMARY KEY NOT NULL,
	`expected` integer NOT NULL,
	`found` integer NOT NULL,
	CONSTRAINT "commit_guard_single" CHECK("commit_guard"."id" = 1),
	CONSTRAINT "commit_guard_match" CHECK("commit_guard"."expected" = "commit_guard"."found")
);
--> statement-breakpoint
CREATE TABLE `concerts` (
	`concert_id` integer PRIMARY KEY NOT NULL,
	`concert_name` text NOT NULL,
	`status` text DEFAULT 'ON_SALE' NOT NULL,
	CONSTRAINT "concerts_status" CHECK("concerts"."status" in ('ON_SALE', 'CANCELLED'))
);
--> statement-breakpoint
CREATE TABLE `coordinator_state` (
	`id` integer PRIMARY KEY NOT NULL,
	`epoch` integer NOT NULL,
	`last_queue_id` integer NOT NULL,
	`last_reservation_id` integer NOT NULL,
	`last_payment_id` integer NOT NULL,
	`last_entry_id` integer NOT NULL,
	CONSTRAINT "coordinator_state_single" CHECK("coordinator_state"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`user_id` integer NOT NULL,
	`operation` text NOT NULL,
	`key` text NOT NULL,
	`request_hash` text NOT NULL,
	`answer` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `operation`, `key`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`user_id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_age` ON `idempotency_keys` (`created_at`);--> statement-breakpoint
CREATE TABLE `ledger_entries` (
	`entry_id` integer PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`amount` integer NOT NULL,
	`cause` text NOT NULL,
	`payment_id` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`user_id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`payment_id`) REFERENCES `payments`(`payment_id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "ledger_entries_cause" CHECK("ledger_entries"."cause" in ('RECHARGE', 'PAYMENT', 'REFUND')),
	CONSTRAINT "ledger_entries_sign" CHECK(("ledger_entries"."cause" = 'PAYMENT') = ("ledger_entries"."amount" < 0) and "ledger_entries"."amount" <> 0),
	CONSTRAINT "ledger_entries_payment" CHECK(("ledger_entries"."cause" = 'RECHARGE') = ("ledger_entries"."payment_id" is null))
);
--> statement-breakpoint
CREATE INDEX `ledger_entries_of_user` ON `ledger_entries` (`user_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `ledger_entries_of_payment` ON `ledger_entries` (`payment_id`,`cause`);--> statement-breakpoint
CREATE TABLE `payments` (
	`payment_id` integer PRIMARY KEY NOT NULL,
	`reservation_id` integer NOT NULL,
	`amount` integer NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`reservation_id`) REFERENCES `reservations`(`reservation_id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "payments_amount" CHECK("payments"."amount" > 0)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `payments_of_reservation` ON `payments` (`reservation_id`);--> statement-breakpoint
CREATE TABLE `queue_tokens` (
	`token_id` integer PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`queue_id` integer NOT NULL,
	`status` text NOT NULL,
	`joined_at` integer NOT NULL,
	`active_until` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`ended_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`user_id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "queue_tokens_status" CHECK("queue_tokens"."status" in ('WAITING', 'ACTIVE', 'COMPLETED', 'EXPIRED')),
	CONSTRAINT "queue_tokens_ended" CHECK(("queue_tokens"."status" in ('WAITING', 'ACTIVE')) = ("queue_tokens"."ended_at" is null))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `queue_tokens_place` ON `queue_tokens` (`queue_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `queue_tokens_live` ON `queue_tokens` (`user_id`) WHERE status in ('WAITING', 'ACTIVE');--> statement-breakpoint
CREATE TABLE `reservation_seats` (
	`reservation_id` integer NOT NULL,
	`position` integer NOT NULL,
	`seat_id` integer NOT NULL,
	`price` integer NOT NULL,
	`live` integer NOT NULL,
	PRIMARY KEY(`reservation_id`, `position`),
	FOREIGN KEY (`reservation_id`) REFERENCES `reservations`(`reservation_id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`seat_id`) REFERENCES `seats`(`seat_id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "reservation_seats_price" CHECK("reservation_seats"."price" > 0),
	CONSTRAINT "reservation_seats_live_flag" CHECK("reservation_seats"."live" in (0, 1))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `reservation_seats_live` ON `reservation_seats` (`seat_id`) WHERE live = 1;--> statement-breakpoint
CREATE TABLE `reservations` (
	`reservation_id` integer PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`schedule_id` integer NOT NULL,
	`total_price` integer NOT NULL,
	`status` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`user_id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`schedule_id`) REFERENCES `schedules`(`schedule_id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "reservations_total" CHECK("reservations"."total_price" > 0),
	CONSTRAINT "reservations_status" CHECK("reservations"."status" in ('PAYMENT_PENDING', 'PAID', 'EXPIRED', 'CANCELLED', 'REFUNDED'))
);
--> statement-breakpoint
CREATE INDEX `reservations_past_of_user` ON `reservations` (`user_id`,`reservation_id`) WHERE status <> 'PAYMENT_PENDING';--> statement-breakpoint
CREATE INDEX `reservations_unpaid` ON `reservations` (`expires_at`) WHERE status = 'PAYMENT_PENDING';--> statement-breakpoint
CREATE TABLE `schedules` (
	`schedule_id` integer PRIMARY KEY NOT NULL,
	`concert_id` integer NOT NULL,
	`concert_at` integer NOT NULL,
	`reservation_at` integer NOT NULL,
	FOREIGN KEY (`concert_id`) REFERENCES `concerts`(`concert_id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "schedules_sale_before_concert" CHECK("schedules"."reservation_at" < "schedules"."concert_at")
);
--> statement-breakpoint
CREATE INDEX `schedules_of_concert` ON `schedules` (`concert_id`);--> statement-breakpoint
CREATE TABLE `seats` (
	`seat_id` integer PRIMARY KEY NOT NULL,
	`schedule_id` integer NOT NULL,
	`seat_number` integer NOT NULL,
	`price` integer NOT NULL,
	FOREIGN KEY (`schedule_id`) REFERENCES `schedules`(`schedule_id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "seats_price" CHECK("seats"."price" > 0)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `seats_of_schedule` ON `seats` (`schedule_id`,`seat_number`);--> statement-breakpoint
CREATE TABLE `users` (
	`user_id` integer PRIMARY KEY NOT NULL,
	`balance` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	CONSTRAINT "users_balance" CHECK("users"."balance" between 0 and 9007199254740991)
);
