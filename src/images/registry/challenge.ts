/** What a registry wants to see before it answers, RFC 9110 section 11.6.1. */
export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string
  readonly parameters: Readonly<Record<string, string>>
}

/** Reads `Bearer realm="https://auth.example/token",service="registry",scope="…"`; undefined for an empty header. Pure. */
export function parseChallenge(header: string): Challenge | undefined {
  const scheme = /^\s*([\w-]+)/.exec(header)?.[1]?.toLowerCase()
  if (!scheme) return undefined
  const pairs = [...header.matchAll(/([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g)]
  const parameters = pairs.map(([, key = '', quoted, plain = '']) => [
    key.toLowerCase(),
    quoted?.replaceAll(/\\(.)/g, '$1') ?? plain,
  ])
  return { scheme, parameters: Object.fromEntries(parameters) }
}
