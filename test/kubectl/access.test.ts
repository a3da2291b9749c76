import { after, before, suite, test } from 'node:test'
import { RELEASES } from './kubectl.ts'
import { tryKubectl } from './server.ts'
import type { Tried } from './server.ts'

for (const release of RELEASES) {
  suite(`who may what, by kubectl ${release}`, () => {
    let kubectl: Tried
    before(async () => {
      kubectl = await tryKubectl(release)
    })
    after(() => kubectl.close())

    test('auth whoami and auth can-i [POD-7]', async () => {
      await kubectl.says('auth whoami', /Username +kubernetes-admin\nGroups +\[system:masters system:authenticated\]/)
      await kubectl.says('auth can-i create pods', /^yes\n$/)
      await kubectl.refuses('auth can-i create pods --as=jane', /^$/)
      await kubectl.says('auth can-i --list --as=jane --as-group=system:authenticated', /selfsubjectaccessreviews.authorization.k8s.io +\[\] +\[\] +\[create\]/)
      await kubectl.says('auth can-i get /version --as=jane --as-group=system:authenticated', /^yes\n$/)
    }) // prettier-ignore

    test('a role and a binding give somebody what they say, from that moment [POD-7]', async () => {
      await kubectl.refuses('get pods --as=jane', /pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"/)
      await kubectl.says('create role reader --verb=get,list --resource=pods,deployments.apps', /role.rbac.authorization.k8s.io\/reader created/)
      await kubectl.says('create rolebinding jane --role=reader --user=jane', /created/)
      await kubectl.says('get pods --as=jane', /^$/)
      await kubectl.refuses('get pods --as=jane -n kube-system', /forbidden/)
      await kubectl.says('delete rolebinding jane', /deleted/)
      await kubectl.refuses('get pods --as=jane', /forbidden/)
      await kubectl.says('create rolebinding jane --clusterrole=edit --user=jane', /created/)
      await kubectl.says('create configmap of-jane --as=jane', /created/)
      await kubectl.says('get clusterroles', /view +\d{4}-/)
    }) // prettier-ignore

    test('nobody gives away what they do not have [POD-7]', async () => {
      await kubectl.says('create rolebinding joe --clusterrole=admin --user=joe', /created/)
      await kubectl.refuses(
        'create role more --verb=get --resource=nodes --as=joe',
        /roles.rbac.authorization.k8s.io "more" is forbidden: user "joe" \(groups=\["system:authenticated"\]\) is attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["nodes"\], Verbs:\["get"\]\}/,
      )
      await kubectl.says('create role less --verb=get --resource=pods --as=joe', /created/)
      await kubectl.refuses('create rolebinding root --clusterrole=cluster-admin --user=joe --as=joe', /attempting to grant RBAC permissions not currently held/)
      await kubectl.says('create rolebinding less --role=less --user=ann --as=joe', /created/)
    }) // prettier-ignore

    test('create token, and what its bearer may [POD-7]', async () => {
      await kubectl.says('create serviceaccount robot', /created/)
      await kubectl.refuses('create token nobody', /serviceaccounts "nobody" not found/)
      const token = (await kubectl.says('create token robot --duration=1h', /^ey\S+$/)).trim()
      const as = kubectl.bearing(token)
      await kubectl.says(`${as} auth whoami`, /Username +system:serviceaccount:default:robot\n/)
      await kubectl.refuses(`${as} get pods`, /User "system:serviceaccount:default:robot" cannot list resource "pods"/)
      await kubectl.says('create rolebinding robot --clusterrole=view --serviceaccount=default:robot', /created/)
      await kubectl.says(`${as} get pods`, /^$/)
      await kubectl.says('delete serviceaccount robot', /deleted/)
      await kubectl.refuses(`${as} get pods`, /Unauthorized|must be logged in/)
    })
  })
}
