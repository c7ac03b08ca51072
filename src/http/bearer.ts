/** The token of `Authorization: Bearer <token>`; empty where there is none. */
export function bearerOf(request: Request): string {
  const [, token = ''] = /^bearer +(.*)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  return token;
}
