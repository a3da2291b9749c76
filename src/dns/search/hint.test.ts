import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SearchWatch } from './hint.ts'

const ZONE = 'cluster.local'
const MISS = 'NXDOMAIN'

/** Asks A for names one after the other, a millisecond apart; what is hinted at. */
function hints(asked: readonly (readonly [name: string, rcode: string, client?: string])[]): string[] {
  const watch = new SearchWatch(ZONE)
  return asked.flatMap(([name, rcode, client = '10.244.0.2'], now) => {
    const hint = watch.see({ name, type: 'A', rcode, client }, now)
    return hint ? [`${hint.lookups} ${hint.name}`] : []
  })
}

type Asked = readonly [name: string, rcode: string]

const walk = (name: string, end: string): Asked[] => [
  ...['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'].map((suffix): Asked => [`${name}.${suffix}`, MISS]),
  [name, end],
]

test('a walk to a name outside is noticed, whether it is found or not [DSC-6]', () => {
  assert.deepEqual(hints(walk('www.example', 'NOERROR')), ['4 www.example'])
  assert.deepEqual(hints(walk('nobody.example', MISS)), ['4 nobody.example'])
})

test('a Service that is found late is, too [DSC-6]', () => {
  const asked = [
    ['api.shop.svc.default.svc.cluster.local', MISS],
    ['api.shop.svc.svc.cluster.local', MISS],
    ['api.shop.svc.cluster.local', 'NOERROR'],
  ] as const
  assert.deepEqual(hints(asked), ['3 api.shop.svc'])
})

test('what is found at once, or belongs to others, is no walk [DSC-6]', () => {
  assert.deepEqual(hints([['web.default.svc.cluster.local', 'NOERROR'], ['www.example', 'NOERROR']]), []) // prettier-ignore
  assert.deepEqual(hints([['api.default.svc.cluster.local', MISS], ['api.shop.svc.cluster.local', 'NOERROR']]), []) // prettier-ignore
  const [first, second, third, last] = walk('www.example', 'NOERROR')
  assert.deepEqual(hints([first!, second!, third!, [last![0], 'NOERROR', '10.244.0.3']]), [])
})

test('each name is pointed out once in a while, and clients are forgotten in the end [DSC-6]', () => {
  assert.deepEqual(hints([...walk('www.example', 'NOERROR'), ...walk('www.example', 'NOERROR')]), ['4 www.example'])
  const others = Array.from({ length: 1_000 }, (_, index) => [`x.${ZONE}`, MISS, `client${index}`] as const)
  const [first, second, third, last] = walk('www.example', 'NOERROR')
  assert.deepEqual(hints([first!, second!, third!, ...others, last!]), [])
})
