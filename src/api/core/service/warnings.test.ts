import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { written } from './manifest.ts'
import { serviceWarnings } from './warnings.ts'

/** Spec, and what the `Warning:` headers say. */
const CASES: readonly (readonly [object, ...string[]])[] = [
  [{}],
  [{ externalIPs: ['192.0.2.1'] }, 'spec.externalIPs is deprecated'],
  [
    { externalIPs: ['2001:DB8::1'] },
    'spec.externalIPs is deprecated',
    'spec.externalIPs[0]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
  ],
  [
    { type: 'LoadBalancer', loadBalancerIP: '192.000.002.001' },
    'spec.loadBalancerIP: non-standard IP address "192.000.002.001" will be considered invalid in a future Kubernetes release: use "192.0.2.1"',
  ],
  [
    { type: 'LoadBalancer', loadBalancerSourceRanges: ['10.1.2.3/8'] },
    'spec.loadBalancerSourceRanges[0]: CIDR value "10.1.2.3/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.1.2.3/32"?)',
  ],
  [{ clusterIP: 'None', sessionAffinity: 'ClientIP' }, 'spec.SessionAffinity is ignored for headless services'],
  [{ externalName: 'a.example' }, 'spec.externalName is ignored when spec.type is not "ExternalName"'],
  [{ trafficDistribution: 'PreferClose' }, 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'],
]

describe('what is allowed but unwise is warned of [SVC-11] [SVC-14]', () => {
  for (const [spec, ...texts] of CASES) {
    test(JSON.stringify(spec), () => assert.deepEqual(serviceWarnings(written({ spec })), texts))
  }
})
