import { invalid, invalids, notSupported, required } from '../field.ts'
import type { HTTPIngressPath, Ingress, IngressBackend, IngressRule, IngressServiceBackend } from '../generated/types.gen.ts'
import { parseAddress } from '../ip.ts'
import type { FieldError } from '../kind.ts'
import type { Written } from '../object.ts'
import { dns1123Label, dns1123Subdomain, portName, portNumber } from '../names.ts'

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix']

/** What named the class before there was a field for it. */
const CLASS = 'kubernetes.io/ingress.class'

/** As upstream's `ValidateIngress` in `pkg/apis/networking/validation`. */
export function validateIngress({ metadata, spec = {} }: Ingress, old?: Ingress): FieldError[] {
  const { rules = [], defaultBackend, ingressClassName } = spec
  const found: FieldError[] = []
  if (rules.length === 0 && !defaultBackend) {
    found.push(invalid('spec', rules, 'either `defaultBackend` or `rules` must be specified'))
  }
  if (defaultBackend) found.push(...validateBackend('spec.defaultBackend', defaultBackend))
  found.push(...rules.flatMap((rule, index) => validateRule(`spec.rules[${index}]`, rule)))
  for (const [index, { hosts = [], secretName = '' }] of (spec.tls ?? []).entries()) {
    found.push(...hosts.flatMap((host, at) => validateHostName(`spec.tls[${index}].hosts[${at}]`, host)))
    if (secretName !== '') found.push(...invalids(`spec.tls[${index}].secretName`, secretName, dns1123Subdomain(secretName)))
  }
  if (ingressClassName !== undefined)
    found.push(...invalids('spec.ingressClassName', ingressClassName, dns1123Subdomain(ingressClassName)))
  const annotated = metadata.annotations?.[CLASS]
  if (old || annotated === undefined || ingressClassName === undefined || annotated === ingressClassName) return found
  return [...found, invalid(`annotations.${CLASS}`, annotated, 'must match `ingressClassName` when both are specified')]
}

function validateRule(field: string, { host = '', http }: IngressRule): FieldError[] {
  const found: FieldError[] = []
  if (host !== '') {
    if (parseAddress(host)) found.push(invalid(`${field}.host`, host, 'must be a DNS name, not an IP address'))
    found.push(...validateHostName(`${field}.host`, host))
  }
  if (!http) return found
  if (!http.paths?.length) return [...found, required(`${field}.http.paths`)]
  return [...found, ...http.paths.flatMap((path, index) => validatePath(`${field}.http.paths[${index}]`, path))]
}

const WILDCARD =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

function validateHostName(field: string, host: string): FieldError[] {
  if (!host.includes('*')) return invalids(field, host, dns1123Subdomain(host))
  const right = host.startsWith('*.') && dns1123Subdomain(host.slice(2)).length === 0
  return right ? [] : [invalid(field, host, WILDCARD)]
}

/** What a path of type Exact or Prefix may not hold: whoever writes that means something else. */
const SEQUENCES = ['//', '/./', '/../', '%2f', '%2F']
const ENDINGS = ['/..', '/.']

function validatePath(field: string, { path = '', pathType, backend }: HTTPIngressPath): FieldError[] {
  const found: FieldError[] = []
  if (!pathType) return [required(`${field}.pathType`, 'pathType must be specified')]
  if (!PATH_TYPES.includes(pathType)) found.push(notSupported(`${field}.pathType`, pathType, PATH_TYPES))
  else if (pathType === 'ImplementationSpecific') {
    if (path !== '' && !path.startsWith('/')) found.push(invalid(`${field}.path`, path, 'must be an absolute path'))
  } else {
    if (!path.startsWith('/')) found.push(invalid(`${field}.path`, path, 'must be an absolute path'))
    for (const sequence of SEQUENCES) {
      if (path.includes(sequence)) found.push(invalid(`${field}.path`, path, `must not contain '${sequence}'`))
    }
    for (const ending of ENDINGS)
      if (path.endsWith(ending)) found.push(invalid(`${field}.path`, path, `cannot end with '${ending}'`))
  }
  return [...found, ...validateBackend(`${field}.backend`, backend ?? {})]
}

function validateBackend(field: string, { service, resource }: IngressBackend): FieldError[] {
  if (service && resource) return [invalid(field, '', 'cannot set both resource and service backends')]
  if (resource) return []
  if (!service) return [invalid(field, '', 'resource or service backend is required')]
  const { name = '', port = {} } = service as Written<IngressServiceBackend>
  const found = name === '' ? [required(`${field}.service.name`)] : invalids(`${field}.service.name`, name, dns1123Label(name))
  if (port.name && port.number) return [...found, invalid(field, '', 'cannot set both port name & port number')]
  if (port.name) return [...found, ...invalids(`${field}.service.port.name`, port.name, portName(port.name))]
  if (port.number) return [...found, ...invalids(`${field}.service.port.number`, port.number, portNumber(port.number))]
  return [...found, required(field, 'port name or number is required')]
}
