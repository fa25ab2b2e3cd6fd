// What a front end writes against the generated types. Only type-checked, never run: when the
// contract loses a name, a status or a shape that this relies on, the compiler says so.
import createClient from "openapi-fetch";
import type { components, operations, paths } from "./build/alongside";

type Problem = components["schemas"]["Problem"];

const api = createClient<paths>({ baseUrl: "http://127.0.0.1:8000" });

/** Who is signed in; a refusal is always a problem document. */
export async function whoAmI(token: string) {
  const { data, error } = await api.GET("/api/v1/me", {
    headers: { Authorization: `Bearer ${token}` },
  });
  if (error) {
    const problem: Problem = error;
    throw new Error(`${problem.code}: ${problem.detail} (${problem.request_id})`);
  }
  return data;
}

// Every operation can be refused as "sign in first", "wait" and "our fault", each a Problem. Those
// that begin with "on" are webhooks: the program sends them, and the receiver answers as it likes.
type RefusalOf<Operation, Status extends number> = Operation extends {
  responses: Record<Status, { content: { "application/problem+json": infer Body } }>;
}
  ? Body
  : never;
type Lacking<Status extends number> = {
  [Name in Exclude<keyof operations, `on${string}`>]: RefusalOf<operations[Name], Status> extends never
    ? Name
    : RefusalOf<operations[Name], Status> extends Problem
      ? never
      : Name;
}[Exclude<keyof operations, `on${string}`>];
type None<Names extends never> = Names;
export type Checked = [None<Lacking<401>>, None<Lacking<429>>, None<Lacking<500>>];
