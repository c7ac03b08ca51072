/**
 * What of the contract's tests is not run on workerd, and why: a file, or, behind its name, the tests of it by how they
 * begin. All others are.
 */
export const leftOut: Readonly<Record<string, string | Readonly<Record<string, string>>>> = {
  'faults.test.ts': 'about a file that is locked, and a process that takes over',
  'remote-faults.test.ts': 'about a database behind a server',
  'takeover.test.ts': 'about a process that takes over; the platform has one object at a time',
  'overload.test.ts': 'about the mailbox of the process that the test runs in, of which it fills every place',
  'limits.test.ts': {
    'X-Forwarded-For is not believed': 'the platform says who is at the other end',
    'of an address that has guessed too often, no guess':
      'drains the coordinator, which the platform never does',
  },
  'operator-concerts.test.ts': {
    'two who cancel at once, and one who does so after a stop': 'stops the process in the turn that decides',
    'whatever body comes with a cancellation': 'workerd closes a connection whose body was left unread',
  },
  'operator-queue.test.ts': {
    'a stream is told at once of an admission': 'a stream is looked at once a second there',
  },
  'operator-schedules.test.ts': {
    'nobody sees a date before it has all its seats': 'stops the process in the turn that decides',
  },
  'operator-users.test.ts': {
    'a client that goes away in the middle': 'the platform ends a Worker whose client goes away',
    'an import while the service stops': 'drains the coordinator, which the platform never does',
  },
  'payments.test.ts': {
    'the service takes nothing more once it is told to stop': 'the platform does not tell an object to stop',
  },
  'queue.test.ts': {
    'admission what one commit leaves over': 'gives 1,300 commands to the mailbox in one turn of the process',
  },
  'reports.test.ts': {
    'a report whose reading fails': 'workerd ends a body that broke off as one that is whole',
  },
  'restart.test.ts': {
    'a stop does not go on writing for ever': 'the platform does not tell an object to stop',
    'places that lapsed before a stop stay lapsed': 'the platform does not tell an object to stop',
  },
  'seat-revalidation.test.ts': {
    'a seat map that the client has is not told of to one whose token':
      'the front of the platform compresses',
    'the map of a large hall comes compressed': 'the front of the platform chooses the encoding',
    'the map of a large hall comes as it is': 'the front of the platform chooses the encoding',
  },
  'status-stream.test.ts': {
    'an open stream tells of a change of place': 'a stream is looked at once a second there',
    'an open stream tells of an admission at once': 'a stream is looked at once a second there',
    'an open stream tells as its last event that the token completed':
      'a stream is looked at once a second there',
    'an open stream tells as its last event that the user left': 'a stream is looked at once a second there',
    'an open stream shows': 'a stream is looked at once a second there',
    'a stream is refused when too many are open': 'no Worker knows of the streams of another',
    'a stream is refused no user keeps others out': 'no Worker knows of the streams of another',
    'the place is renewed as long as the stream is open':
      'a stream looks by a timer of the platform, which the clock of the test does not move',
    'a stop closes the streams': 'a connection to a process that is killed breaks',
  },
};
