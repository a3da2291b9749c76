/**
 * HTTP as values: the seam between whoever asks the API server and whoever answers.
 *
 * The API server's core is a {@link Handler}, and a client is given one. Inside a process that is the server's own
 * function; across a network it is an HTTP/2 connection. Neither side can tell. Connections that are upgraded (exec,
 * attach, port-forward) are no requests in this sense and need a real listener.
 */

/** Header names are lower case. A header that came several times is joined by `, ` as RFC 9110 5.3 allows. */
export type Headers = Readonly<Record<string, string>>

export interface HttpRequest {
  /** Upper case. */
  readonly method: string
  /** Path and query, percent-encoded, as on the request line: `/api/v1/pods?limit=5`. */
  readonly path: string
  readonly headers: Headers
  readonly body?: Uint8Array
  /** Aborts when the asker has gone away; a watch ends then. */
  readonly signal?: AbortSignal
}

export interface HttpResponse {
  readonly status: number
  readonly headers: Headers
  /** Whole, or for a watch in pieces as they come; a piece may end in the middle of an object. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>
}

/** Never throws for what the request says: that is a response. Throws when no response can be had at all. */
export type Handler = (request: HttpRequest) => Promise<HttpResponse>

/** The whole body; of a streamed one, everything until its end. */
export async function readBody(response: HttpResponse): Promise<Uint8Array> {
  if (response.body instanceof Uint8Array) return response.body
  const pieces: Uint8Array[] = []
  for await (const piece of response.body) pieces.push(piece)
  return Buffer.concat(pieces)
}
