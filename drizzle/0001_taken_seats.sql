CREATE TABLE `__new_reservations` (
	`reservation_id` integer PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`schedule_id` integer NOT NULL,
	`seats` text NOT NULL,
	`total_price` integer NOT NULL,
	`status` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`user_id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`schedule_id`) REFERENCES `schedules`(`schedule_id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "reservations_total" CHECK("__new_reservations"."total_price" > 0),
	CONSTRAINT "reservations_status" CHECK("__new_reservations"."status" in ('PAYMENT_PENDING', 'PAID', 'EXPIRED', 'CANCELLED', 'REFUNDED'))
);
--> statement-breakpoint
INSERT INTO `__new_reservations`
SELECT r.`reservation_id`, r.`user_id`, r.`schedule_id`, (
	SELECT json_group_array(json_array(s.`seat_id`, s.`seat_number`, s.`price`)) FROM (
		SELECT rs.`seat_id`, seats.`seat_number`, rs.`price` FROM `reservation_seats` rs JOIN `seats` ON seats.`seat_id` = rs.`seat_id`
		WHERE rs.`reservation_id` = r.`reservation_id` ORDER BY rs.`position`) s
), r.`total_price`, r.`status`, r.`created_at`, r.`expires_at`
FROM `reservations` r;
--> statement-breakpoint
DROP TABLE `reservations`;--> statement-breakpoint
ALTER TABLE `__new_reservations` RENAME TO `reservations`;--> statement-breakpoint
CREATE INDEX `reservations_past_of_user` ON `reservations` (`user_id`,`reservation_id`) WHERE status <> 'PAYMENT_PENDING';--> statement-breakpoint
CREATE INDEX `reservations_unpaid` ON `reservations` (`expires_at`) WHERE status = 'PAYMENT_PENDING';--> statement-breakpoint
CREATE TABLE `taken_seats` (
	`seat_id` integer PRIMARY KEY NOT NULL,
	`reservation_id` integer NOT NULL,
	FOREIGN KEY (`seat_id`) REFERENCES `seats`(`seat_id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
INSERT INTO `taken_seats` SELECT `seat_id`, `reservation_id` FROM `reservation_seats` WHERE `live` = 1;--> statement-breakpoint
DROP TABLE `reservation_seats`;
