/** A file that the bundle has as text. */
declare module '*.sql' {
  const text: string;
  export default text;
}
