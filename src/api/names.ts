/**
 * What names look like. Each rule answers with what is wrong, in upstream's words
 * (`k8s.io/apimachinery/pkg/util/validation/validation.go`); empty when nothing is.
 */
export type Complaints = readonly string[]

const NONE: Complaints = []

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
const ENVIRONMENT = /^[ -<>-~]+$/
const CONFIG_KEY = /^[-._a-zA-Z0-9]+$/

const maxLength = (length: number): string => `must be no more than ${length} bytes`

/** The doubled space between examples is upstream's. */
function form(message: string, pattern: string, ...examples: readonly string[]): string {
  const list = examples.map((example) => `'${example}', `).join(' or ')
  return `${message} (${list && `e.g. ${list}`}regex used for validation is '${pattern}')`
}

const DNS_LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'

const LABEL_FORM = form(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  DNS_LABEL,
  'my-name',
  '123-abc',
)

/** `web-1`: at most 63 lower case letters, digits and dashes (RFC 1123). */
export function dns1123Label(value: string): Complaints {
  if (value.length <= 63 && LABEL.test(value)) return NONE
  return [...(value.length > 63 ? [maxLength(63)] : []), ...(LABEL.test(value) ? [] : [LABEL_FORM])]
}

const SUBDOMAIN_FORM = form(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  `${DNS_LABEL}(\\.${DNS_LABEL})*`,
  'example.com',
)

/** `web.example.com`: labels with dots between them, at most 253 characters (RFC 1123). */
export function dns1123Subdomain(value: string): Complaints {
  if (value.length <= 253 && SUBDOMAIN.test(value)) return NONE
  return [...(value.length > 253 ? [maxLength(253)] : []), ...(SUBDOMAIN.test(value) ? [] : [SUBDOMAIN_FORM])]
}

/** `www.example.com`, a dot at its end or none: two labels at least. As upstream's `IsFullyQualifiedDomainName`. */
export function fullyQualifiedName(value: string): Complaints {
  const name = value.replace(/\.$/, '')
  const wrong = dns1123Subdomain(name)
  if (wrong.length > 0) return wrong
  const labels = name.split('.')
  if (labels.length < 2) return ['should be a domain with at least two segments separated by dots']
  return labels.flatMap(dns1123Label)
}

const PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"
const DOMAIN_PATH = /^([^/]+)\/(.+)$/

/** `acme.io/foo`: who says something, and what. As upstream's `IsDomainPrefixedPath`. */
export function domainPrefixedPath(value: string): Complaints {
  const [, domain, path] = DOMAIN_PATH.exec(value) ?? []
  if (domain === undefined || path === undefined) return ['must be a domain-prefixed path (such as "acme.io/foo")']
  const wrong = dns1123Subdomain(domain)
  return new RegExp(`^${PATH}$`).test(path) ? wrong : [...wrong, form('Invalid path', PATH)]
}

const SEARCH_LABEL = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const SEARCH = new RegExp(`^${SEARCH_LABEL}(\\.${SEARCH_LABEL})*$`)

const SEARCH_FORM = form(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
  `${SEARCH_LABEL}(\\.${SEARCH_LABEL})*`,
  'example.com',
)

/** `_tcp.example.com`: a {@link dns1123Subdomain} that may have underscores, as the search list of a resolver may. */
export function searchDomain(value: string): Complaints {
  if (value.length <= 253 && SEARCH.test(value)) return NONE
  return [...(value.length > 253 ? [maxLength(253)] : []), ...(SEARCH.test(value) ? [] : [SEARCH_FORM])]
}

const LABEL_1035_FORM = form(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  '[a-z]([-a-z0-9]*[a-z0-9])?',
  'my-name',
  'abc-123',
)

/** A label that begins with a letter (RFC 1035). */
export function dns1035Label(value: string): Complaints {
  if (value.length <= 63 && LABEL_1035.test(value)) return NONE
  return [...(value.length > 63 ? [maxLength(63)] : []), ...(LABEL_1035.test(value) ? [] : [LABEL_1035_FORM])]
}

const QUALIFIED_PATTERN = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'

const QUALIFIED_FORM = form(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  QUALIFIED_PATTERN,
  'MyName',
  'my.name',
  '123-abc',
)

/** `app.kubernetes.io/name`: the keys of labels and annotations, with or without a domain in front. */
export function qualifiedName(value: string): Complaints {
  const parts = value.split('/')
  if (parts.length > 2)
    return [`a qualified name ${QUALIFIED_FORM} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  const name = parts.at(-1) ?? ''
  const found: string[] = []
  if (parts.length === 2) found.push(...prefixComplaints(parts[0] ?? ''))
  if (name === '') found.push('name part must be non-empty')
  else if (name.length > 63) found.push(`name part ${maxLength(63)}`)
  if (!QUALIFIED.test(name)) found.push(`name part ${QUALIFIED_FORM}`)
  return found.length === 0 ? NONE : found
}

const prefixComplaints = (prefix: string): Complaints =>
  prefix === '' ? ['prefix part must be non-empty'] : dns1123Subdomain(prefix).map((text) => `prefix part ${text}`)

const LABEL_VALUE_FORM = form(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  `(${QUALIFIED_PATTERN})?`,
  'MyValue',
  'my_value',
  '12345',
)

export function labelValue(value: string): Complaints {
  if (value.length <= 63 && LABEL_VALUE.test(value)) return NONE
  return [...(value.length > 63 ? [maxLength(63)] : []), ...(LABEL_VALUE.test(value) ? [] : [LABEL_VALUE_FORM])]
}

/** `http`: the name of a port that may be asked for by name (RFC 6335). */
export function portName(value: string): Complaints {
  const found: string[] = []
  if (value.length > 15) found.push('must be no more than 15 characters')
  if (!/^[-a-z0-9]+$/.test(value)) found.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(value)) found.push('must contain at least one letter (a-z)')
  if (value.includes('--')) found.push('must not contain consecutive hyphens')
  if (/^-|-$/.test(value)) found.push('must not begin or end with a hyphen')
  return found
}

export const portNumber = (value: number): Complaints =>
  value >= 1 && value <= 65535 ? NONE : ['must be between 1 and 65535, inclusive']

const HEADER_FORM = form("a valid HTTP header must consist of alphanumeric characters or '-'", '[-A-Za-z0-9]+', 'X-Header-Name')

export const headerName = (value: string): Complaints => (/^[-A-Za-z0-9]+$/.test(value) ? NONE : [HEADER_FORM])

/** Anything printable but `=`, as relaxed in 1.30. */
export const environmentName = (value: string): Complaints =>
  ENVIRONMENT.test(value)
    ? NONE
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]

/** The keys of ConfigMaps and Secrets: they become file names. */
export function configKey(value: string): Complaints {
  const found: string[] = []
  if (value.length > 253) found.push(maxLength(253))
  if (!CONFIG_KEY.test(value)) {
    const rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
    found.push(form(rule, '[-._a-zA-Z0-9]+', 'key.name', 'KEY_NAME', 'key-name'))
  }
  if (value === '.') found.push(`must not be '.'`)
  else if (value === '..') found.push(`must not be '..'`)
  else if (value.startsWith('..')) found.push(`must not start with '..'`)
  return found
}

/** What may stand between two slashes of a URL: the names of RBAC objects. */
export function pathSegment(value: string): Complaints {
  if (value === '.' || value === '..') return [`may not be '${value}'`]
  return ['/', '%'].filter((character) => value.includes(character)).map((character) => `may not contain '${character}'`)
}
