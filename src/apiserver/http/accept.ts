/** One media range of an Accept header, in lower case: `application/json;as=Table;v=v1;g=meta.k8s.io`. */
export interface MediaRange {
  /** `application/json` */
  readonly type: string
  readonly parameters: Readonly<Record<string, string>>
}

/** RFC 9110 12.5.1, without weights: like upstream, the first range that can be served wins. Empty means anything. */
export function parseAccept(header: string | undefined): MediaRange[] {
  if (!header) return [{ type: '*/*', parameters: {} }]
  return header.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
    return { type: type.toLowerCase(), parameters: Object.fromEntries(parameters.map(parameterOf)) }
  })
}

function parameterOf(text: string): [string, string] {
  const [name = '', value = ''] = text.split('=')
  return [name.trim().toLowerCase(), value.trim().replaceAll('"', '')]
}
