import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../testing/server.ts'
import type { Json } from '../testing/server.ts'

// IPv4 Services 10.96.0.0/16, IPv6 Services fd00:10:96::/112.
const both = { serviceCIDRs: ['10.96.0.0/16', 'fd00:10:96::/112'] }
const PATH = '/api/v1/namespaces/default/services'

const service = (spec: object): object => ({
  kind: 'Service',
  apiVersion: 'v1',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
})

/** `4 6`: the families of the addresses of a Service. */
const familiesOf = ({ spec }: Json): string =>
  (spec.clusterIPs ?? []).map((address: string) => (address.includes(':') ? '6' : '4')).join(' ')

const cases: readonly [title: string, cluster: object, spec: object, addresses: string, families: string, policy: string][] = [
  ['nothing said', both, {}, '4', 'IPv4', 'SingleStack'],
  ['IPv6 wanted', both, { ipFamilies: ['IPv6'] }, '6', 'IPv6', 'SingleStack'],
  ['two preferred, two there', both, { ipFamilyPolicy: 'PreferDualStack' }, '4 6', 'IPv4 IPv6', 'PreferDualStack'],
  ['two preferred, one there', {}, { ipFamilyPolicy: 'PreferDualStack' }, '4', 'IPv4', 'PreferDualStack'],
  ['two required', both, { ipFamilyPolicy: 'RequireDualStack' }, '4 6', 'IPv4 IPv6', 'RequireDualStack'],
  ['IPv6 first', both, { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] }, '6 4', 'IPv6 IPv4', 'RequireDualStack'],
  ['an address says the family', both, { clusterIP: 'fd00:10:96::5' }, '6', 'IPv6', 'SingleStack'],
  ['headless', both, { clusterIP: 'None' }, '4', 'IPv4', 'SingleStack'],
  ['headless without a selector', {}, { clusterIP: 'None', selector: undefined }, '4', 'IPv4 IPv6', 'RequireDualStack'],
] // prettier-ignore
for (const [title, cluster, spec, addresses, families, policy] of cases) {
  test(`families: ${title} [SVC-9]`, async () => {
    const { ask } = await testServer(cluster)
    const { status, body } = await ask('POST', PATH, service(spec))
    assert.equal(status, 201, body.message)
    const given = body.spec.clusterIP === 'None' ? addresses : familiesOf(body)
    assert.deepEqual([given, body.spec.ipFamilies.join(' '), body.spec.ipFamilyPolicy], [addresses, families, policy])
  })
}

const refusals: readonly [title: string, cluster: object, spec: object, message: RegExp][] = [
  ['two required, one there', {}, { ipFamilyPolicy: 'RequireDualStack' }, /spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services/],
  ['a family that is not there', {}, { ipFamilies: ['IPv6'] }, /spec.ipFamilies\[0\]: Invalid value: "IPv6": not configured on this cluster/],
  ['an address of a family that is not there', {}, { clusterIP: 'fd00::1' }, /spec.clusterIPs\[0\]: Invalid value: \["fd00::1"\]: IPv6 is not configured on this cluster/],
  ['two families for one stack', both, { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4', 'IPv6'] }, /must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified/],
] // prettier-ignore
for (const [title, cluster, spec, message] of refusals) {
  test(`families refused: ${title} [SVC-9]`, async () => {
    const { ask } = await testServer(cluster)
    const { status, body } = await ask('POST', PATH, service(spec))
    assert.equal(status, 422)
    assert.match(body.message, message)
  })
}

test('a second stack is gained and lost by changing the policy, and its address with it [SVC-9] [SVC-2]', async () => {
  const { ask } = await testServer(both)
  const one = (await ask('POST', PATH, service({}))).body
  const put = async (object: Json, spec: object): Promise<Json> =>
    (await ask('PUT', `${PATH}/web`, { ...object, spec: { ...object.spec, ...spec } })).body
  const two = await put(one, { ipFamilyPolicy: 'RequireDualStack' })
  assert.equal(familiesOf(two), '4 6')
  assert.equal(two.spec.clusterIPs[0], one.spec.clusterIP)
  const second = `/apis/networking.k8s.io/v1/ipaddresses/${two.spec.clusterIPs[1]}`
  assert.equal((await ask('GET', second)).status, 200)
  const again = await put(two, { ipFamilyPolicy: 'SingleStack' })
  assert.deepEqual([again.spec.clusterIPs, again.spec.ipFamilies], [[one.spec.clusterIP], ['IPv4']])
  assert.equal((await ask('GET', second)).status, 404)
})
