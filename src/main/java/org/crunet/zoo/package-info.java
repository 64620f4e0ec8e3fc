/**
 * The networks as models of a DJL zoo, with weights from local files. Start with {@link org.crunet.zoo.CruZoo}.
 *
 * <pre>{@code
 * var criteria = Criteria.builder()
 *         .setTypes(Image.class, Classifications.class)
 *         .optModelZoo(new CruZoo())                        // or .optGroupId("org.crunet")
 *         .optArgument("weights", Path.of("weights"))       // one .safetensors file and, if wanted, synset.txt
 *         .build();
 * }</pre>
 */
package org.crunet.zoo;
