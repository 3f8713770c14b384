// The frame of every campaign against the running gateway: open the street, let people talk, do the harm, account.

import { total } from "./account.ts";
import { verdict, type CampaignOptions, type Figures, type Result } from "./campaign.ts";
import { TortureStreet, type StreetFixture } from "./street.ts";

export interface Harm {
  readonly figures: Figures;
  /** What broke the promise beyond lost and doubled messages, in words. */
  readonly broken?: readonly string[];
}

/** Does `harm` while people talk, and goes on until each side has said its share. */
export async function siege(
  options: CampaignOptions,
  fixture: StreetFixture,
  harm: (street: TortureStreet) => Promise<Harm>,
): Promise<Result> {
  const street = await TortureStreet.open(options, fixture);
  try {
    street.talk();
    const { figures, broken = [] } = await harm(street);
    const talked = await street.saidAtLeast(options.messages ?? 0);
    await street.settle();
    const [toMatrix, toMesh] = [street.toMatrix.count, street.toMesh.count];
    const count = total([toMatrix, toMesh]);
    if (count.lost + count.duplicated > 0) for (const words of street.explain()) options.say?.(words);
    const { receipts } = street;
    const givenUp = street.toMatrix.givenUp + street.toMesh.givenUp;
    const told = [...street.ownWords].some((words) => /disk/i.test(words));
    const integrity = await street.integrity();
    return verdict(
      options,
      count,
      {
        ...figures,
        toMatrix,
        toMesh,
        saidAgain: street.saidAgain,
        longestInCableMs: street.longestInCable,
        givenUp,
        receipts: receipts.given,
        receiptsRepeated: receipts.repeated,
        integrity,
      },
      [
        ...broken,
        ...(givenUp > 0 && !told ? [`${givenUp} messages were given up and no operator was told`] : []),
        ...(talked ? [] : ["everything came to a standstill"]),
        ...(receipts.repeated === 0 ? [] : [`${receipts.repeated} receipts were given twice`]),
        ...(integrity === "ok" ? [] : [`the database: ${integrity}`]),
      ],
    );
  } finally {
    await street.close();
  }
}
