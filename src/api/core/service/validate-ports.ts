import { duplicate, invalids, notSupported, required } from '../../field.ts'
import type { ServicePort, ServiceSpec } from '../../generated/types.gen.ts'
import type { FieldError } from '../../kind.ts'
import { dns1123Label, portName, portNumber, qualifiedName } from '../../names.ts'

export const PROTOCOLS = ['SCTP', 'TCP', 'UDP']

/** Each port by itself, and names: needed and distinct as soon as there are two. */
export function validatePorts({ ports = [] }: ServiceSpec): FieldError[] {
  const names = new Set<string>()
  return ports.flatMap((port, index) => {
    const field = `spec.ports[${index}]`
    return [...validateName(field, port, { needed: ports.length > 1, names }), ...validatePort(field, port)]
  })
}

function validateName(field: string, { name = '' }: ServicePort, among: { needed: boolean; names: Set<string> }): FieldError[] {
  if (name === '') return among.needed ? [required(`${field}.name`)] : []
  const found = invalids(`${field}.name`, name, dns1123Label(name))
  if (among.names.has(name)) found.push(duplicate(`${field}.name`, name))
  among.names.add(name)
  return found
}

function validatePort(field: string, { port, protocol, targetPort, appProtocol }: ServicePort): FieldError[] {
  const found = invalids(`${field}.port`, port ?? 0, portNumber(port ?? 0))
  if (!protocol) found.push(required(`${field}.protocol`))
  else if (!PROTOCOLS.includes(protocol)) found.push(notSupported(`${field}.protocol`, protocol, PROTOCOLS))
  found.push(...validatePortNumberOrName(`${field}.targetPort`, targetPort ?? 0))
  if (appProtocol !== undefined) found.push(...invalids(`${field}.appProtocol`, appProtocol, qualifiedName(appProtocol)))
  return found
}

/** As upstream's `ValidatePortNumOrName`. */
export function validatePortNumberOrName(field: string, port: number | string = 0): FieldError[] {
  if (typeof port === 'number') return invalids(field, port, portNumber(port))
  return port === '' ? [required(field)] : invalids(field, port, portName(port))
}
