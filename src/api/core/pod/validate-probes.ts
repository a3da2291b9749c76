import { forbidden, invalid, notSupported, required } from '../../field.ts'
import type { Container, Probe } from '../../generated/types.gen.ts'
import type { FieldError } from '../../kind.ts'
import { validateNonNegative } from '../../numbers.ts'
import { validatePortNumberOrName } from '../service/validate-ports.ts'

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const
type Handlers = Partial<Readonly<Record<(typeof HANDLERS)[number], unknown>>> & Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket'>

export function validateLifecycle(field: string, { lifecycle = {} }: Container): FieldError[] {
  const { postStart, preStop } = lifecycle
  return [
    ...(postStart ? validateHandler(`${field}.lifecycle.postStart`, postStart) : []),
    ...(preStop ? validateHandler(`${field}.lifecycle.preStop`, preStop) : []),
  ]
}

/** As upstream's `validateLivenessProbe` and its two sisters. */
export function validateProbes(field: string, container: Container): FieldError[] {
  const { livenessProbe, readinessProbe, startupProbe } = container
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
  if (once && probe.successThreshold !== 1) found.push(invalid(`${field}.successThreshold`, probe.successThreshold, 'must be 1'))
  const { terminationGracePeriodSeconds: grace } = probe
  if (grace !== undefined && !once)
    found.push(invalid(`${field}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes'))
  else if (grace !== undefined && grace <= 0) {
    found.push(invalid(`${field}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'))
  }
  return found
}

function validateHandler(field: string, handler: Handlers): FieldError[] {
  const [first, ...others] = HANDLERS.filter((name) => handler[name] !== undefined)
  if (first === undefined) return [required(field, 'must specify a handler type')]
  const found = others.map((other) => forbidden(`${field}.${other}`, 'may not specify more than 1 handler type'))
  if (handler.exec && !handler.exec.command?.length) found.push(required(`${field}.exec.command`))
  if (handler.tcpSocket) found.push(...validatePortNumberOrName(`${field}.tcpSocket.port`, handler.tcpSocket.port))
  const { httpGet } = handler
  if (!httpGet) return found
  if (!httpGet.path) found.push(required(`${field}.httpGet.path`))
  found.push(...validatePortNumberOrName(`${field}.httpGet.port`, httpGet.port))
  const schemes = ['HTTP', 'HTTPS']
  if (httpGet.scheme !== undefined && !schemes.includes(httpGet.scheme)) {
    found.push(notSupported(`${field}.httpGet.scheme`, httpGet.scheme, schemes))
  }
  return found
}
