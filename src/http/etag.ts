/** An entity tag as RFC 9110 §8.8.3 has it: within its quotes anything that is visible, a comma as well. */
const TAG = /(?:W\/)?"[!#-~\u0080-\uffff]*"/g;
/** Tags between commas; that there may be nothing between two of them is a rule for whoever reads (§5.6.1.2). */
const LIST = new RegExp(`^[ \\t,]*${TAG.source}(?:[ \\t]*,[ \\t,]*${TAG.source})*[ \\t,]*$`);

/**
 * Whether a client that sends this `If-None-Match` has what the tag stands for (RFC 9110 §13.1.2), by the weak comparison.
 * What is malformed is nothing that we ever gave out.
 */
export function isKnown(etag: string, ifNoneMatch: string): boolean {
  if (ifNoneMatch === etag || ifNoneMatch === '*') return true;
  if (!LIST.test(ifNoneMatch)) return false;
  const opaque = opaqueOf(etag);
  return ifNoneMatch.match(TAG)?.some((tag) => opaqueOf(tag) === opaque) ?? false;
}

/** A tag without its weakness. */
function opaqueOf(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}
