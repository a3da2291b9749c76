import { forbidden, invalid, invalids, notSupported, required } from '../../../field.ts'
import type { Container, HTTPGetAction, LifecycleHandler, Probe } from '../../../generated/types.gen.ts'
import type { FieldError } from '../../../kind.ts'
import { headerName } from '../../../names.ts'
import { validateNonNegative } from '../../../numbers.ts'
import type { Written } from '../../../object.ts'
import { validatePortNumberOrName } from '../../service/validate-ports.ts'

/** In the order in which upstream looks: the first one counts. */
const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const
type Handlers = Pick<Probe, 'grpc'> & LifecycleHandler

/** `grace`: how long the Pod may take to end, in seconds; no hook may sleep longer. */
export function validateLifecycle(field: string, { lifecycle = {} }: Pick<Container, 'lifecycle'>, grace?: number): FieldError[] {
  const { postStart, preStop } = lifecycle
  return [
    ...(postStart ? validateHandler(`${field}.lifecycle.postStart`, postStart, grace) : []),
    ...(preStop ? validateHandler(`${field}.lifecycle.preStop`, preStop, grace) : []),
  ]
}

type Probes = Pick<Container, 'livenessProbe' | 'readinessProbe' | 'startupProbe'>

/** As upstream's `validateLivenessProbe` and its two sisters. */
export function validateProbes(field: string, { livenessProbe, readinessProbe, startupProbe }: Probes): FieldError[] {
  return [
    ...validateProbe(`${field}.livenessProbe`, livenessProbe, { once: true }),
    ...validateProbe(`${field}.readinessProbe`, readinessProbe, { once: false }),
    ...validateProbe(`${field}.startupProbe`, startupProbe, { once: true }),
  ]
}

const COUNTS = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const

/** `once`: a container is alive, or has started, when it says so the first time. */
function validateProbe(field: string, probe: Probe | undefined, { once }: { once: boolean }): FieldError[] {
  if (!probe) return []
  const found = validateHandler(field, probe)
  for (const count of COUNTS) found.push(...validateNonNegative(`${field}.${count}`, probe[count]))
  const { terminationGracePeriodSeconds: grace } = probe
  const at = `${field}.terminationGracePeriodSeconds`
  if (grace !== undefined && grace <= 0) found.push(invalid(at, grace, 'must be greater than 0'))
  if (once && probe.successThreshold !== 1) found.push(invalid(`${field}.successThreshold`, probe.successThreshold, 'must be 1'))
  if (grace !== undefined && !once) found.push(invalid(at, grace, 'must not be set for readinessProbes'))
  return found
}

function validateHandler(field: string, handler: Handlers, grace?: number): FieldError[] {
  const [first, ...others] = HANDLERS.filter((name) => handler[name] !== undefined)
  if (first === undefined) return [required(field, 'must specify a handler type')]
  return [
    ...validateAction(`${field}.${first}`, handler, grace),
    ...others.map((other) => forbidden(`${field}.${other}`, 'may not specify more than 1 handler type')),
  ]
}

function validateAction(
  field: string,
  { exec, httpGet, tcpSocket, grpc, sleep }: Handlers,
  grace: number | undefined,
): FieldError[] {
  if (exec) return exec.command?.length ? [] : [required(`${field}.command`)]
  if (httpGet) return validateHttpGet(field, httpGet)
  if (tcpSocket) return validatePortNumberOrName(`${field}.port`, tcpSocket.port)
  if (grpc) return validatePortNumberOrName(`${field}.port`, grpc.port)
  const seconds = (sleep as Written<NonNullable<typeof sleep>> | undefined)?.seconds ?? 0
  if (grace === undefined || (seconds >= 0 && seconds <= grace)) return []
  return [invalid(field, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`)]
}

const SCHEMES = ['HTTP', 'HTTPS']

function validateHttpGet(field: string, { path, port, scheme = '', httpHeaders = [] }: HTTPGetAction): FieldError[] {
  const found = path ? [] : [required(`${field}.path`)]
  found.push(...validatePortNumberOrName(`${field}.port`, port))
  if (!SCHEMES.includes(scheme)) found.push(notSupported(`${field}.scheme`, scheme, SCHEMES))
  const names = httpHeaders.map(({ name = '' }: Written<(typeof httpHeaders)[number]>) => name)
  return [...found, ...names.flatMap((name) => invalids(`${field}.httpHeaders`, name, headerName(name)))]
}
