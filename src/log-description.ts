import { ValidationError } from 'elysia';

export interface Description {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly cause?: Description;
}

/** What an error says, without the values that it was about. */
export function describe(error: unknown, without: (text: string) => string): Description {
  if (!(error instanceof Error)) return { type: typeof error, message: without(String(error)) };
  const message = without(messageOf(error));
  // The first lines of a stack are the message again.
  const [, stack] = /^ *(at [\s\S]*)$/m.exec(error.stack ?? '') ?? [];
  return {
    type: error.name,
    message,
    ...(stack === undefined ? {} : { stack: without(stack) }),
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...(error.cause === undefined ? {} : { cause: describe(error.cause, without) }),
  };
}

/** Elysia's error shows the whole value that was wrong, and Drizzle's the parameters of the query: nobody may read them. */
function messageOf(error: Error): string {
  if (error instanceof ValidationError) {
    const at: unknown = error.valueError?.path;
    return `the ${error.type} does not fit its schema${typeof at === 'string' ? ` at ${at || '/'}` : ''}`;
  }
  return error.message.replace(/\s*params: [\s\S]*$/, '');
}
