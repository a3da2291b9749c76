import { invalid, invalids, notSupported, required } from '../../field.ts'
import type { Pod, PodSpec, PodTemplateSpec } from '../../generated/types.gen.ts'
import { validateIP } from '../../ip.ts'
import type { FieldError } from '../../kind.ts'
import { validateAnnotations, validateLabels } from '../../metadata.ts'
import { dns1123Label, dns1123Subdomain } from '../../names.ts'
import { validateInRange } from '../../numbers.ts'
import { validateContainers } from './validate-containers.ts'
import { validateVolumes } from './validate-volumes.ts'

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never']
const DNS_POLICIES = ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None']

/** As upstream's `ValidatePodCreate`, for the fields that Portolan runs Pods by. */
export const validatePod = (pod: Pod): FieldError[] => validatePodSpec('spec', pod.spec ?? { containers: [] })

/** What a workload's Pods will be. As upstream's `ValidatePodTemplateSpec`. */
export const validatePodTemplate = (field: string, { metadata = {}, spec }: PodTemplateSpec): FieldError[] => [
  ...validateLabels(`${field}.labels`, metadata.labels),
  ...validateAnnotations(`${field}.annotations`, metadata.annotations),
  ...validatePodSpec(`${field}.spec`, spec ?? { containers: [] }),
]

function validatePodSpec(field: string, spec: PodSpec): FieldError[] {
  return [
    ...validateVolumes(`${field}.volumes`, spec.volumes ?? []),
    ...validateContainers(field, spec),
    ...validateChoice(`${field}.restartPolicy`, spec.restartPolicy, RESTART_POLICIES),
    ...validateChoice(`${field}.dnsPolicy`, spec.dnsPolicy, DNS_POLICIES),
    ...validateLabels(`${field}.nodeSelector`, spec.nodeSelector),
    ...validateNames(field, spec),
    ...validateDeadlines(field, spec),
    ...validateDns(field, spec),
    ...validateHostAliases(field, spec),
  ]
}

function validateChoice(field: string, value: string | undefined, choices: readonly string[]): FieldError[] {
  if (!value) return [required(field)]
  return choices.includes(value) ? [] : [notSupported(field, value, choices)]
}

function validateNames(field: string, spec: PodSpec): FieldError[] {
  const { serviceAccountName = '', nodeName = '', hostname = '', subdomain = '', priorityClassName = '' } = spec
  const found: FieldError[] = []
  const check = (name: string, value: string, rule: typeof dns1123Label): void => {
    if (value !== '') found.push(...invalids(`${field}.${name}`, value, rule(value)))
  }
  check('serviceAccountName', serviceAccountName, dns1123Subdomain)
  check('nodeName', nodeName, dns1123Subdomain)
  check('hostname', hostname, dns1123Label)
  check('subdomain', subdomain, dns1123Label)
  check('priorityClassName', priorityClassName, dns1123Subdomain)
  return found
}

function validateDeadlines(field: string, { activeDeadlineSeconds, terminationGracePeriodSeconds }: PodSpec): FieldError[] {
  const found: FieldError[] = []
  if (activeDeadlineSeconds !== undefined) {
    found.push(...validateInRange(`${field}.activeDeadlineSeconds`, activeDeadlineSeconds, [1, 2147483647]))
  }
  if ((terminationGracePeriodSeconds ?? 0) < 0) {
    found.push(
      invalid(`${field}.terminationGracePeriodSeconds`, terminationGracePeriodSeconds, 'must be greater than or equal to 0'),
    )
  }
  return found
}

/** As the resolver has it: glibc reads no more of each. */
const MOST_NAMESERVERS = 3
const MOST_SEARCHES = 32

function validateDns(field: string, { dnsPolicy, dnsConfig }: PodSpec): FieldError[] {
  const config = `${field}.dnsConfig`
  const { nameservers = [], searches = [] } = dnsConfig ?? {}
  const found: FieldError[] = []
  if (dnsPolicy === 'None' && !dnsConfig) found.push(required(config, 'must provide `dnsConfig` when `dnsPolicy` is None'))
  else if (dnsPolicy === 'None' && nameservers.length === 0) {
    found.push(required(`${config}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None'))
  }
  if (nameservers.length > MOST_NAMESERVERS) {
    found.push(invalid(`${config}.nameservers`, nameservers, `must not have more than ${MOST_NAMESERVERS} nameservers`))
  }
  for (const [index, ip] of nameservers.entries()) found.push(...validateIP(`${config}.nameservers[${index}]`, ip))
  if (searches.length > MOST_SEARCHES) {
    found.push(invalid(`${config}.searches`, searches, `must not have more than ${MOST_SEARCHES} search paths`))
  }
  for (const [index, option] of (dnsConfig?.options ?? []).entries()) {
    if (!option.name) found.push(required(`${config}.options[${index}]`, 'must not be empty'))
  }
  return found
}

function validateHostAliases(field: string, { hostAliases = [] }: PodSpec): FieldError[] {
  return hostAliases.flatMap(({ ip, hostnames = [] }, index) => [
    ...validateIP(`${field}.hostAliases[${index}].ip`, ip),
    ...hostnames.flatMap((name) => invalids(`${field}.hostAliases[${index}].hostnames`, name, dns1123Subdomain(name))),
  ])
}
