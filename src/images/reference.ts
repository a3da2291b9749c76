/** The name of an image, whole: which registry, which repository there, and which of its images. */
export interface Reference {
  readonly registry: string
  readonly repository: string
  /** Empty when there is a digest: that says more. */
  readonly tag: string
  readonly digest: string
  /** `docker.io/library/nginx:latest`, `localhost:5000/a@sha256:…`. */
  readonly name: string
}

const REGISTRY =
  /^(?:[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::\d+)?$/
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const TAG = /^\w[\w.-]{0,127}$/
const DIGEST = /^sha256:[0-9a-f]{64}$/
const LONGEST = 255
const DEFAULT_REGISTRY = 'docker.io'

export const isDigest = (text: string): boolean => DIGEST.test(text)

/**
 * Reads what people write: `nginx` is `docker.io/library/nginx:latest`. A tag beside a digest is dropped. Answers the
 * reason, in the words of github.com/distribution/reference, when it can't be one.
 */
export function parseReference(text: string): Reference | string {
  if (/^[a-f0-9]{64}$/.test(text)) return `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`
  const [named = '', digest = '', ...rest] = text.split('@')
  if (rest.length > 0 || (text.includes('@') && !isDigest(digest))) return 'invalid reference format'
  const { registry, remainder } = splitRegistry(named)
  const colon = remainder.indexOf(':')
  const repository = colon < 0 ? remainder : remainder.slice(0, colon)
  const tag = colon < 0 ? '' : remainder.slice(colon + 1)
  if (repository !== repository.toLowerCase())
    return `invalid reference format: repository name (${repository}) must be lowercase`
  if (!REGISTRY.test(registry) || !repository.split('/').every((part) => COMPONENT.test(part))) return 'invalid reference format'
  if (colon >= 0 && !TAG.test(tag)) return 'invalid reference format'
  if (registry.length + 1 + repository.length > LONGEST) return `repository name must not be more than ${LONGEST} characters`
  return referenceOf({ registry, repository, tag: digest === '' ? tag || 'latest' : '', digest })
}

const referenceOf = (parts: Omit<Reference, 'name'>): Reference => {
  const { registry, repository, tag, digest } = parts
  return { ...parts, name: `${registry}/${repository}${digest === '' ? `:${tag}` : `@${digest}`}` }
}

/** The first part is a registry when it looks like a host: with a dot, a port or a capital letter, or `localhost`. */
function splitRegistry(name: string): { registry: string; remainder: string } {
  const slash = name.indexOf('/')
  const first = name.slice(0, slash)
  const isHost = slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase())
  const registry = !isHost || first === `index.${DEFAULT_REGISTRY}` ? DEFAULT_REGISTRY : first
  const remainder = isHost ? name.slice(slash + 1) : name
  return { registry, remainder: registry === DEFAULT_REGISTRY && !remainder.includes('/') ? `library/${remainder}` : remainder }
}
