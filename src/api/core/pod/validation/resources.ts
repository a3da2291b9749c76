import { forbidden, invalid, invalids, notSupported, required } from '../../../field.ts'
import type { ResourceRequirements } from '../../../generated/types.gen.ts'
import type { FieldError } from '../../../kind.ts'
import { qualifiedName } from '../../../names.ts'
import { compareQuantities, parseQuantity } from '../../../quantity.ts'

type NameRule = (field: string, name: string) => FieldError[]

const HUGE_PAGES = 'hugepages-'
const OF_CONTAINERS = new Set(['cpu', 'memory', 'ephemeral-storage'])
/** What quotas count, beside what containers ask for. */
const STANDARD = new Set([
  ...[...OF_CONTAINERS, 'storage'].flatMap((name) => [name, `requests.${name}`]),
  ...[...OF_CONTAINERS].map((name) => `limits.${name}`),
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
])

const isHugePages = (name: string): boolean => name.startsWith(HUGE_PAGES)
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/')
const mayOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name)
const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && qualifiedName(`requests.${name}`).length === 0

function validateName(field: string, name: string): FieldError[] {
  const found = invalids(field, name, qualifiedName(name))
  if (found.length > 0 || name.includes('/') || STANDARD.has(name) || /^(?:requests\.)?hugepages-/.test(name)) return found
  return [invalid(field, name, 'must be a standard resource type or fully qualified')]
}

const ofContainers: NameRule = (field, name) => {
  const found = validateName(field, name)
  if (!name.includes('/')) {
    if (OF_CONTAINERS.has(name) || isHugePages(name)) return found
    return [...found, invalid(field, name, 'must be a standard resource for containers')]
  }
  if (isNative(name) || isExtended(name)) return found
  return [...found, invalid(field, name, "doesn't follow extended resource name standard")]
}

const ofPods: NameRule = (field, name) => {
  const found = validateName(field, name)
  if (found.length > 0 || name === 'cpu' || name === 'memory' || isHugePages(name)) return found
  return [notSupported(field, name, ['cpu', HUGE_PAGES, 'memory'])]
}

/** What a container asks for and may use. As upstream's `ValidateContainerResourceRequirements`. */
export const validateContainerResources = (field: string, resources: ResourceRequirements = {}): FieldError[] =>
  validateRequirements(field, resources, ofContainers)

/** What a Pod's containers share. As upstream's `validatePodResources`, without the sums over its containers. */
export const validatePodResources = (field: string, resources: ResourceRequirements | undefined): FieldError[] =>
  resources
    ? [
        ...(resources.claims ? [forbidden(`${field}.claims`, 'claims cannot be set for Resources at pod-level')] : []),
        ...validateRequirements(field, resources, ofPods),
      ]
    : []

function validateRequirements(field: string, { limits = {}, requests = {} }: ResourceRequirements, rule: NameRule): FieldError[] {
  const found = Object.entries(limits).flatMap(([name, amount]) =>
    validateAmount(`${field}.limits[${name}]`, name, { amount, rule }),
  )
  for (const [name, amount] of Object.entries(requests)) {
    found.push(...validateAmount(`${field}.requests[${name}]`, name, { amount, rule }))
    found.push(...validateWithinLimit(field, name, { amount, limit: limits[name] }))
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)]
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    found.push(forbidden(field, 'HugePages require cpu or memory'))
  }
  return found
}

function validateAmount(field: string, name: string, { amount, rule }: { amount: string; rule: NameRule }): FieldError[] {
  const found = rule(field, name)
  const milli = parseQuantity(amount) ?? 0n
  if (milli < 0n) found.push(invalid(field, amount, 'must be greater than or equal to 0'))
  if (isExtended(name) && milli % 1000n !== 0n) found.push(invalid(field, amount, 'must be an integer'))
  const page = isHugePages(name) ? parseQuantity(name.slice(HUGE_PAGES.length)) : undefined
  if (page !== undefined && (page <= 0n || milli % page !== 0n)) {
    found.push(invalid(field, amount, `${amount} is not positive integer multiple of ${name}`))
  }
  return found
}

interface Asked {
  readonly amount: string
  readonly limit: string | undefined
}

function validateWithinLimit(field: string, name: string, { amount, limit }: Asked): FieldError[] {
  if (limit === undefined) {
    return mayOvercommit(name) ? [] : [required(`${field}.limits`, 'Limit must be set for non overcommitable resources')]
  }
  const order = compareQuantities(amount, limit)
  const about = `${name} limit of ${limit}`
  if (order !== 0 && !mayOvercommit(name)) return [invalid(`${field}.requests`, amount, `must be equal to ${about}`)]
  return order > 0 ? [invalid(`${field}.requests`, amount, `must be less than or equal to ${about}`)] : []
}
