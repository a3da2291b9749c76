import { record } from '../manifest.ts'

export interface Credentials {
  readonly username: string
  readonly password: string
}

/**
 * What Docker's configuration files (the `.dockerconfigjson` of a Secret, or an old `.dockercfg`) know for one registry, in
 * their order. Docker's own registry has a URL for a name there. What isn't JSON knows nothing. Pure.
 */
export function credentialsFor(registry: string, dockerConfigs: readonly string[]): Credentials[] {
  const names = registry === 'docker.io' ? ['docker.io', 'index.docker.io', 'registry-1.docker.io'] : [registry]
  return dockerConfigs.flatMap((text) => {
    const config = record(parse(text))
    const entries = Object.entries(record(config['auths'] ?? config))
    return entries.filter(([key]) => names.includes(hostOf(key))).flatMap(([, entry]) => readEntry(entry))
  })
}

/** `https://index.docker.io/v1/` and `quay.io/team` are about a host. */
const hostOf = (key: string): string => key.replace(/^https?:\/\//, '').replace(/\/.*$/, '')

function readEntry(value: unknown): Credentials[] {
  const { username, password, auth } = record(value)
  if (typeof username === 'string' && typeof password === 'string') return [{ username, password }]
  const decoded = typeof auth === 'string' ? Buffer.from(auth, 'base64').toString('utf8') : ''
  const colon = decoded.indexOf(':')
  return colon < 0 ? [] : [{ username: decoded.slice(0, colon), password: decoded.slice(colon + 1) }]
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
