/**
 * The networks as DJL knows models: {@link org.crunet.zoo.CruZoo} for {@code Criteria}, with weights from local files, and
 * {@link org.crunet.zoo.ClassificationTranslator} from a photograph to category names.
 *
 * <pre>{@code
 * var criteria = Criteria.builder()
 *         .setTypes(Image.class, Classifications.class)
 *         .optModelZoo(new CruZoo())                        // or .optGroupId("org.crunet")
 *         .optArgument("weights", Path.of("weights"))       // crunet.safetensors and, if wanted, synset.txt
 *         .build();
 * try (var model = criteria.loadModel(); var predictor = model.newPredictor()) {
 *     Classifications guess = predictor.predict(ImageFactory.getInstance().fromFile(Path.of("beach.jpg")));
 * }
 * }</pre>
 */
package org.crunet.zoo;
