const NEWLINE = 0x0a

/**
 * The JSON documents of a body that carries one per line, as a watch does. A document may arrive in several pieces and
 * a piece may hold several documents. An unfinished last line is dropped: its connection broke.
 */
export async function* jsonLines<T>(body: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<T> {
  let held: Uint8Array[] = []
  for await (const piece of body instanceof Uint8Array ? [body] : body) {
    let start = 0
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      held.push(piece.subarray(start, end))
      const line = held.length === 1 ? held[0]! : Buffer.concat(held)
      held = []
      start = end + 1
      if (line.length > 0) yield JSON.parse(Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8'))
    }
    if (start < piece.length) held.push(piece.subarray(start))
  }
}
