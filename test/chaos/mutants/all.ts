import { APPLYING_MUTANTS } from "./applying.ts";
import { DDL_MUTANTS } from "./ddl.ts";
import { DECODING_MUTANTS } from "./decoding.ts";
import { LARGE_MUTANTS } from "./large.ts";
import type { Mutant } from "./mutant.ts";
import { PROOF_MUTANTS } from "./proofs.ts";
import { UPSTREAM_MUTANTS } from "./upstream.ts";

/** Every deliberate breakage, in the order in which they are tried. */
export const MUTANTS: readonly Mutant[] = [
  ...PROOF_MUTANTS,
  ...APPLYING_MUTANTS,
  ...LARGE_MUTANTS,
  ...DDL_MUTANTS,
  ...UPSTREAM_MUTANTS,
  ...DECODING_MUTANTS,
];
